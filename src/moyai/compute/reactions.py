"""What compute does when something happened."""

from moyai.compute.events import JobFinished
from moyai.compute.transforms import conclude
from moyai.kernel.reacting import on

REACTIONS = (on(JobFinished, conclude),)
