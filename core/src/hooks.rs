//! Hooks for tests.
