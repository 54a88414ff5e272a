pub(crate) mod fork_gate;
