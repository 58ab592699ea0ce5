"""The portal: server-made pages that work offline and without scripts: an overview, a page for every record."""
