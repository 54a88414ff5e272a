//! error: E0277
use gimmal_core::pool::Pool;

#[cfg(not(feature = "right"))]
type Cell = std::cell::Cell<u8>;
#[cfg(feature = "right")]
type Cell = std::sync::atomic::AtomicU8;

fn main() {
    let pool = Pool::<Cell, 4>::new();
    let loan = pool.try_take(Cell::new(1)).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| drop(format!("{:?}", &*loan)));
    });
}
