"""YOLO (ultralytics) as a leukcad component; AGPL-3.0, as ultralytics is."""
