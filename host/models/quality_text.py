"""The text over which two forms of a model are compared: our own words, of several kinds."""

from __future__ import annotations

QUALITY_TEXT = """\
The harbour wakes before the town does. Two fishing boats come in against the tide, and on the quay a woman \
in a yellow coat counts boxes of mackerel while she argues with the buyer about the price of ice. By eight \
o'clock the boxes are gone, the gulls have lost interest, and the only sound is a radio in the net shed.

How a kettle decides that it is finished
A thermostat in the handle holds a disc made of two metals. One of them grows faster than the other when it \
gets warm, so at about 100 degrees the disc snaps over, opens a switch and cuts the current. High in the \
mountains, where water boils earlier, steam takes longer to warm the disc and the kettle bubbles on a while.

Steps:
1. Open the settings and choose "Storage".
2. Select the folders that you no longer need.
3. Press Delete, then confirm. This cannot be undone.

def average(numbers):
    \"\"\"Return the arithmetic mean, or None for an empty list.\"\"\"
    if not numbers:
        return None
    return sum(numbers) / len(numbers)

"Did you read the contract?" she asked.
"Twice," he said. "The second time I understood the first page."
"Then you know that we have until the 30th of June to find 12,500 euros, and that the bank answers letters \
in three weeks."

Compared with last year, sales rose by 4 % in the north and fell by 7 % in the south. The report blames the \
rain, but the shops that stayed open on Sundays lost nothing. In a survey of 1,200 customers, most said that \
they would come back if parking were cheaper; only one in ten mentioned the weather at all.

The nearest star beyond the sun is so far away that its light needs more than four years to reach us. A \
probe that travels at 17 kilometres a second would need some seventy thousand years for the same way.
"""
