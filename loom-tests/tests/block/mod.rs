pub(crate) mod token;
