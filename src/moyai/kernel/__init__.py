"""The machinery under every room: ids, time, errors, settings, the home, the database, the journal, reactions,
leases, policy, the call, plugins and wording. It knows no domain."""
