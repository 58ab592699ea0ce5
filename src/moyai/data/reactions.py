"""What the data room does on news: a published version is read and judged."""

from moyai.data import validation
from moyai.data.events import VersionPublished
from moyai.kernel.reacting import on

REACTIONS = (on(VersionPublished, validation.ask),)
