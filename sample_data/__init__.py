"""Invented data as parks would file it: seeded, labelled on every sheet, with planted stories and mistakes."""

NOTICE = "示例数据，全部虚构，不代表任何真实园区"
