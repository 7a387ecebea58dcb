"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """Data sources for the forms in which blood smear data sets come."""
    return [
        Component("data", "allidb1", "leukcad_datasets.allidb1:AllIdb1", "ALL-IDB1: fields with blast centres"),
        Component("data", "allidb2", "leukcad_datasets.allidb2:AllIdb2", "ALL-IDB2: single cells, with masks if given"),
        Component("data", "folder", "leukcad_datasets.folder:Folder", "one folder a class, or an index.csv"),
        Component("data", "coco", "leukcad_datasets.coco:Coco", "boxes of one COCO file"),
        Component("data", "csv", "leukcad_datasets.boxes_csv:BoxesCsv", "boxes or points in one CSV table"),
        Component("data", "yolo", "leukcad_datasets.yolo:Yolo", "boxes of YOLO label files"),
        Component("data", "voc", "leukcad_datasets.voc:Voc", "boxes of Pascal VOC annotations"),
    ]
