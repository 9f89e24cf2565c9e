"""What the results store costs at ten years of 2,600 parks, and what fifty kills leave behind."""
