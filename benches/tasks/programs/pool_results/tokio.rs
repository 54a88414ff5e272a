// page: tokio::main
// page: tokio::task::JoinSet: join_all

use tokio::task::JoinSet;

#[tokio::main(worker_threads = 4)]
async fn main() {
    let jobs: JoinSet<u64> = (1..=100).map(|n| async move { n * n }).collect();
    println!("{}", jobs.join_all().await.iter().sum::<u64>());
}
