"""Exports of registers, read line by line: NDJSON, CSV and spreadsheets, and the columns of each as data."""
