"""The portal: server-made pages that work offline and without scripts. A page for every record, a login, an overview."""
