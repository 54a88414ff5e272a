//! The programs of crossbeam.

gimmal_tasks::programs! {
    "crossbeam": ask_answer bounded_queue every_second pool_results publish_filter share_counter stop_worker time_out two_sources
}
