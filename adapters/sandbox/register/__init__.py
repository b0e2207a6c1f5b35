"""Made-up registers: cases of agencies that do not exist, some of them planted, and the truth about those."""
