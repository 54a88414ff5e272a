//! The programs of gimmal.

gimmal_tasks::programs! {
    "gimmal": ask_answer bounded_queue ctrl_c every_second isr_to_main other_process pool_results publish_filter share_counter stop_worker time_out two_sources
}
