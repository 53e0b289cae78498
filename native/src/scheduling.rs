//! How a thread that moves packets shares the processors with everybody else.

/// Has the calling thread wait for its turn instead of interrupting whoever works when it is woken (`SCHED_BATCH`; Linux
/// alone). On a processor that is idle it makes no difference, and where a sandbox refuses it all stays as it was.
pub fn wait_for_turns() {
    #[cfg(target_os = "linux")]
    {
        use nix::libc::{SCHED_BATCH, sched_param, sched_setscheduler};
        let parameters = sched_param { sched_priority: 0 };
        // SAFETY: 0 is the calling thread, and `parameters` lives until the call returns.
        let _ = unsafe { sched_setscheduler(0, SCHED_BATCH, &raw const parameters) };
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use nix::libc::{SCHED_BATCH, SCHED_OTHER, sched_getscheduler};

    use super::*;

    #[test]
    fn it_concerns_the_calling_thread_alone() {
        // SAFETY: 0 is the calling thread; no pointers.
        let policy = || unsafe { sched_getscheduler(0) };
        let there = std::thread::spawn(move || {
            wait_for_turns();
            policy()
        });
        assert_eq!(there.join().unwrap(), SCHED_BATCH);
        assert_eq!(policy(), SCHED_OTHER);
    }
}
