"""Item numbers of MIMIC-IV and what they measure; separate because it is a table that a clinician can read and correct.

Names of channels are those of PhysioNet 2012 where both measure the same. Units: mmHg, beats and breaths a minute, degrees
Celsius, shares of oxygen, ml of urine, kg, and of laboratory results the American ones of the source (mg/dl, mEq/l, K/ul).
"""

from __future__ import annotations

#: Charted vitals, by item of icu/chartevents.
CHARTED = {
    220045: "HR",
    220050: "SysABP",
    225309: "SysABP",
    220051: "DiasABP",
    225310: "DiasABP",
    220052: "MAP",
    225312: "MAP",
    220179: "NISysABP",
    220180: "NIDiasABP",
    220181: "NIMAP",
    220210: "RespRate",
    224690: "RespRate",
    220277: "SpO2",
    223761: "Temp",
    223762: "Temp",
    223835: "FiO2",
    224639: "Weight",
    226512: "Weight",
}
#: Items in degrees Fahrenheit.
FEVER = frozenset({223761})
#: The three parts of the Glasgow Coma Scale: eyes, voice, movement.
COMA = frozenset({220739, 223900, 223901})
#: Body height, with the factor to cm.
HEIGHT = {226730: 1.0, 226707: 2.54}
#: Body weight at admission, with the factor to kg.
WEIGHT = {226512: 1.0, 226531: 0.45359237}
#: Laboratory results, by item of hosp/labevents.
DRAWN = {
    50861: "ALT",
    50862: "Albumin",
    50863: "ALP",
    50878: "AST",
    50885: "Bilirubin",
    50893: "Calcium",
    50902: "Chloride",
    50912: "Creatinine",
    50813: "Lactate",
    50809: "Glucose",
    50931: "Glucose",
    50882: "HCO3",
    51221: "HCT",
    51237: "INR",
    50822: "K",
    50971: "K",
    50960: "Mg",
    50824: "Na",
    50983: "Na",
    50818: "PaCO2",
    50821: "PaO2",
    50970: "Phosphate",
    51265: "Platelets",
    51275: "PTT",
    51003: "TroponinT",
    51006: "BUN",
    51300: "WBC",
    51301: "WBC",
    50820: "pH",
}
#: Urine, by item of icu/outputevents; irrigants are left out, in and out.
PASSED = dict.fromkeys(
    (226557, 226558, 226559, 226560, 226561, 226563, 226564, 226565, 226567, 226584), "Urine"
)
NAMES = tuple(sorted({*CHARTED.values(), *DRAWN.values(), *PASSED.values(), "GCS"}))
