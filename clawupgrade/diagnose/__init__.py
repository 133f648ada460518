"""What keeps clients out of a gateway: pure, from facts to a checklist and one root cause."""
