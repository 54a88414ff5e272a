//! shuttle under the names of loom that the core's shim uses.
//!
//! shuttle runs threads one at a time and switches at each access, at random. All of its atomics are
//! sequentially consistent, so it finds no weakened ordering; that is the work of the models. It finds
//! what is wrong in the order of steps, in lives far too long for a model.

/// Cells that the core watches.
pub mod cell {
    /// A cell whose accesses are not watched: between two switches of shuttle there is only one
    /// thread.
    #[derive(Debug)]
    pub struct UnsafeCell<T>(core::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        /// Returns a cell with a value.
        pub const fn new(value: T) -> Self {
            UnsafeCell(core::cell::UnsafeCell::new(value))
        }

        /// Shows where the value lies.
        pub fn with<R>(&self, look: impl FnOnce(*const T) -> R) -> R {
            look(self.0.get())
        }

        /// Shows where the value lies, to change it.
        pub fn with_mut<R>(&self, change: impl FnOnce(*mut T) -> R) -> R {
            change(self.0.get())
        }
    }
}

/// Atomics and the mutex.
pub mod sync {
    pub use shuttle::sync::{Mutex, atomic};
}

/// Threads.
pub mod thread {
    pub use shuttle::thread::yield_now;
}
