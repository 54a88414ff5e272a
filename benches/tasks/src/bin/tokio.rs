//! The programs of tokio.

gimmal_tasks::programs! {
    "tokio": ask_answer bounded_queue ctrl_c every_second other_process pool_results publish_filter share_counter stop_worker time_out two_sources
}
