//! std facade
