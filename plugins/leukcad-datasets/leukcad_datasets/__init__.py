"""Data sets for leukcad: ALL-IDB1 and ALL-IDB2, folders, COCO, YOLO and Pascal VOC."""
