//! Tables of run-time length.

#![forbid(unsafe_code)]

/// `len` new rows; `None` if there is no memory for them.
pub(crate) fn table<R>(len: usize, row: impl FnMut() -> R) -> Option<Box<[R]>> {
    let mut rows = Vec::new();
    rows.try_reserve_exact(len).ok()?;
    rows.resize_with(len, row);
    Some(rows.into_boxed_slice())
}
