"""What the programs of several engine groups share: tasks checked, a job's folder, table files opened. Not a port."""
