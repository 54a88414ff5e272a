// page: gimmal::ThreadPool: builder, map
// page: gimmal::pool::Builder: threads, build

use gimmal::ThreadPool;

fn main() {
    let pool = ThreadPool::builder().threads(4).build();
    let squares = pool.map(1..=100, |n: u64| n * n);
    println!("{}", squares.map(Result::unwrap).sum::<u64>());
}
