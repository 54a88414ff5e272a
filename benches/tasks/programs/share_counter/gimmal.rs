// page: gimmal::sync::Lock: new, lock, into_inner

use std::thread;

use gimmal::sync::Lock;

fn main() {
    let counter = Lock::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1000 {
                    *counter.lock() += 1;
                }
            });
        }
    });
    println!("{}", counter.into_inner());
}
