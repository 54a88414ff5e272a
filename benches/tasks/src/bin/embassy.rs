//! The programs of embassy.

gimmal_tasks::programs! {
    "embassy": ask_answer bounded_queue every_second isr_to_main pool_results publish_filter share_counter stop_worker time_out two_sources
}
