// page: crossbeam_utils::atomic::AtomicCell: new, fetch_add, load

use std::thread;

use crossbeam_utils::atomic::AtomicCell;

fn main() {
    let counter = AtomicCell::new(0_u32);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1000 {
                    counter.fetch_add(1);
                }
            });
        }
    });
    println!("{}", counter.load());
}
