"""What validation costs: rules on tables, files from Parquet and from workbooks, and how well unit mistakes are found."""
