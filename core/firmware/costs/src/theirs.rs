//! The same jobs by heapless and by embassy-sync.

/// heapless: containers. (Its MPMC queue is deprecated, for reporting Full when it is not.)
pub mod heapless {
    use heapless::spsc;

    use crate::ours::objects;
    use crate::{Own, operations};

    objects! {
        // One place is never used.
        "heapless.spsc_ring.static" RING: Own<spsc::Queue<u32, 17>> = Own::new();
        "heapless.spsc_ring.handle0" PRODUCER: Own<spsc::Producer<'static, u32>> = Own::new();
        "heapless.spsc_ring.handle1" CONSUMER: Own<spsc::Consumer<'static, u32>> = Own::new();
    }

    /// Before the first operation.
    pub fn open() {
        RING.set(spsc::Queue::new());
        let (producer, consumer) = RING.get().split();
        PRODUCER.set(producer);
        CONSUMER.set(consumer);
    }

    operations! { "heapless":
        spsc_ring {
            push(number) { PRODUCER.get().enqueue(number).is_ok() }
            pop(other) { CONSUMER.get().dequeue().unwrap_or(other + 1) == 1 }
        }
    }
}

/// embassy-sync, for use from interrupt handlers.
pub mod embassy {
    use core::pin::pin;

    use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex as Raw;
    use embassy_sync::channel::Channel;
    use embassy_sync::mutex::Mutex;
    use embassy_sync::semaphore::{FairSemaphore, Semaphore as _};
    use embassy_sync::signal::Signal;

    use crate::ours::objects;
    use crate::{operations, story};

    objects! {
        "embassy.mpmc_channel.static" CHANNEL: Channel<Raw, u32, 16> = Channel::new();
        "embassy.event.static" SIGNAL: Signal<Raw, ()> = Signal::new();
        "embassy.lock.static" LOCK: Mutex<Raw, u32> = Mutex::new(0);
        // Four may wait.
        "embassy.semaphore.static" SEMAPHORE: FairSemaphore<Raw, 4> = FairSemaphore::new(1);
    }

    /// Says the bytes of a future that waits at each object.
    pub fn waiting(mut say: impl FnMut(&str, usize)) {
        say("embassy.mpmc_channel", size_of_val(&CHANNEL.receive()));
        say("embassy.event", size_of_val(&SIGNAL.wait()));
        say("embassy.lock", size_of_val(&LOCK.lock()));
        say("embassy.semaphore", size_of_val(&SEMAPHORE.acquire(1)));
    }

    operations! { "embassy":
        mpmc_channel {
            try_send(number) { CHANNEL.try_send(number).is_ok() }
            try_recv(other) { CHANNEL.try_receive().unwrap_or(other + 1) == 1 }
            woken(number) { story(pin!(CHANNEL.receive()), || _ = CHANNEL.try_send(number)) }
        }
        event {
            set(_number) { SIGNAL.signal(()); true }
            clear(_number) { SIGNAL.reset(); true }
            woken(_number) { story(pin!(SIGNAL.wait()), || SIGNAL.signal(())) }
        }
        lock {
            try_lock(_number) { LOCK.try_lock().is_ok() }
            woken(_number) {
                let guard = LOCK.try_lock();
                story(pin!(LOCK.lock()), || drop(guard))
            }
        }
        semaphore {
            try_acquire(_number) { SEMAPHORE.try_acquire(1).is_some() }
            woken(_number) {
                let permit = SEMAPHORE.try_acquire(1);
                story(pin!(SEMAPHORE.acquire(1)), || drop(permit))
            }
        }
    }
}
