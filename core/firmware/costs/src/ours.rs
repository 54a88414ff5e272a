//! gimmal-core.

use core::pin::pin;

use gimmal_core::channel::{mpmc as channel, spsc as pipe};
use gimmal_core::pool::Pool;
use gimmal_core::ring::{exact, mpmc, spsc};
use gimmal_core::socket::{Pull, Push};
use gimmal_core::sync;

use crate::{Own, operations, poll, story};

/// An object in a static of its own, with its symbol.
macro_rules! objects {
    ($($symbol:literal $name:ident: $type:ty = $value:expr;)*) => {
        $(
            // SAFETY: no other symbol has this name: there is a dot in it.
            #[unsafe(export_name = $symbol)]
            static $name: $type = $value;
        )*
    };
}
pub(crate) use objects;

objects! {
    "gimmal.spsc_ring.static" RING: spsc::Ring<u32, 16> = spsc::Ring::new();
    "gimmal.spsc_ring.handle0" PRODUCER: Own<spsc::Producer<'static, u32, 16>> = Own::new();
    "gimmal.spsc_ring.handle1" CONSUMER: Own<spsc::Consumer<'static, u32, 16>> = Own::new();
    "gimmal.mpmc_ring.static" QUEUE: mpmc::Ring<u32, 16> = mpmc::Ring::new();
    "gimmal.exact_ring.static" EXACT: exact::Ring<u32, 16> = exact::Ring::new();
    "gimmal.spsc_channel.static" PIPE: pipe::Channel<u32, 16> = pipe::Channel::new();
    "gimmal.spsc_channel.handle0" SENDER: Own<pipe::Sender<'static, u32, 16>> = Own::new();
    "gimmal.spsc_channel.handle1" RECEIVER: Own<pipe::Receiver<'static, u32, 16>> = Own::new();
    "gimmal.mpmc_channel.static" CHANNEL: channel::Channel<u32, 16> = channel::Channel::new();
    "gimmal.event.static" EVENT: sync::Event = sync::Event::new();
    "gimmal.lock.static" LOCK: sync::Lock<u32> = sync::Lock::new(0);
    "gimmal.semaphore.static" SEMAPHORE: sync::Semaphore = sync::Semaphore::new(1);
    "gimmal.condition.static" CONDITION: sync::Condition = sync::Condition::new();
    "gimmal.condition.handle0" OF_CONDITION: sync::Lock<u32> = sync::Lock::new(0);
    "gimmal.barrier.static" BARRIER: sync::Barrier = sync::Barrier::new(2);
    "gimmal.pool.static" POOL: Pool<u32, 16> = Pool::new();
    "gimmal.push_pull.static" CONTEXT: gimmal_core::Context<u32, 2, 1, 16> = gimmal_core::Context::new();
    "gimmal.push_pull.handle0" PUSH: Own<Push<'static, u32>> = Own::new();
    "gimmal.push_pull.handle1" PULL: Own<Pull<'static, u32>> = Own::new();
}

// What the page of `Context` says of its memory.
const _: () = {
    type Several = gimmal_core::Context<u32, 4, 3, 8, 2>;
    assert!(size_of::<Several>() == 52 + 4 * 184 + 3 * (84 + 8 * 4) + 2 * 44);
};

/// Before the first operation.
pub fn open() {
    let (producer, consumer) = RING.try_split().expect("once");
    PRODUCER.set(producer);
    CONSUMER.set(consumer);
    let (sender, receiver) = PIPE.try_split().expect("once");
    SENDER.set(sender);
    RECEIVER.set(receiver);
    let pull = CONTEXT.pull().expect("a socket");
    pull.bind("inproc://costs").expect("a free name");
    let push = CONTEXT.push().expect("a socket");
    push.connect("inproc://costs").expect("a pipe");
    PULL.set(pull);
    PUSH.set(push);
}

/// Says the bytes of a future that waits at each object: at a channel or a socket, for a message.
pub fn waiting(mut say: impl FnMut(&str, usize)) {
    say("gimmal.spsc_channel", size_of_val(&RECEIVER.get().recv()));
    say("gimmal.mpmc_channel", size_of_val(&CHANNEL.recv()));
    say("gimmal.event", size_of_val(&EVENT.wait()));
    say("gimmal.lock", size_of_val(&LOCK.lock()));
    say("gimmal.semaphore", size_of_val(&SEMAPHORE.acquire()));
    if let Some(guard) = OF_CONDITION.try_lock() {
        say("gimmal.condition", size_of_val(&CONDITION.wait(guard)));
    }
    say("gimmal.barrier", size_of_val(&BARRIER.wait()));
    say("gimmal.pool", size_of_val(&POOL.take(0)));
    say("gimmal.push_pull", size_of_val(&PULL.get().recv()));
}

operations! { "gimmal":
    spsc_ring {
        push(number) { PRODUCER.get().push(number).is_ok() }
        pop(other) { CONSUMER.get().pop().unwrap_or(other + 1) == 1 }
        write_8(number) {
            let run = PRODUCER.get().reserve(8);
            run.is_ok_and(|mut run| {
                (0..8).for_each(|_| _ = run.push(number));
                run.commit();
                true
            })
        }
        read_8(_number) {
            let run = CONSUMER.get().read_chunk(8);
            run.is_ok_and(|run| run.pop_each().sum::<u32>() == 8)
        }
    }
    mpmc_ring {
        push(number) { QUEUE.push(number).is_ok() }
        pop(other) { QUEUE.pop().unwrap_or(other + 1) == 1 }
    }
    exact_ring {
        push(number) { EXACT.push(number).is_ok() }
        pop(other) { EXACT.pop().unwrap_or(other + 1) == 1 }
    }
    spsc_channel {
        try_send(number) { SENDER.get().try_send(number).is_ok() }
        try_recv(other) { RECEIVER.get().try_recv().unwrap_or(other + 1) == 1 }
        woken(number) { story(pin!(RECEIVER.get().recv()), || _ = SENDER.get().try_send(number)) }
    }
    mpmc_channel {
        try_send(number) { CHANNEL.try_send(number).is_ok() }
        try_recv(other) { CHANNEL.try_recv().unwrap_or(other + 1) == 1 }
        woken(number) { story(pin!(CHANNEL.recv()), || _ = CHANNEL.try_send(number)) }
    }
    event {
        set(_number) { EVENT.set(); true }
        clear(_number) { EVENT.clear(); true }
        woken(_number) {
            let good = story(pin!(EVENT.wait()), || EVENT.set());
            EVENT.clear();
            good
        }
        wakes_8(_number) {
            let mut waiting = [
                pin!(EVENT.wait()), pin!(EVENT.wait()), pin!(EVENT.wait()), pin!(EVENT.wait()),
                pin!(EVENT.wait()), pin!(EVENT.wait()), pin!(EVENT.wait()), pin!(EVENT.wait()),
            ];
            let all_wait = waiting.iter_mut().all(|one| poll(one).is_pending());
            EVENT.set();
            let all_over = waiting.iter_mut().all(|one| poll(one).is_ready());
            EVENT.clear();
            all_wait && all_over
        }
    }
    lock {
        try_lock(_number) { LOCK.try_lock().is_some() }
        woken(_number) {
            let guard = LOCK.try_lock();
            story(pin!(LOCK.lock()), || drop(guard))
        }
    }
    semaphore {
        try_acquire(_number) { SEMAPHORE.try_acquire().is_some() }
        woken(_number) {
            let permit = SEMAPHORE.try_acquire();
            story(pin!(SEMAPHORE.acquire()), || drop(permit))
        }
    }
    condition {
        notify_one(_number) { !CONDITION.notify_one() }
        woken(_number) {
            let Some(guard) = OF_CONDITION.try_lock() else { return 0 };
            story(pin!(CONDITION.wait(guard)), || _ = CONDITION.notify_one())
        }
    }
    barrier {
        woken(_number) { story(pin!(BARRIER.wait()), || _ = poll(&mut pin!(BARRIER.wait()))) }
    }
    pool {
        try_take(number) { POOL.try_take(number).is_ok() }
    }
    push_pull {
        try_send(number) { PUSH.get().try_send(number).is_ok() }
        try_recv(other) { PULL.get().try_recv().unwrap_or(other + 1) == 1 }
        woken(number) { story(pin!(PULL.get().recv()), || _ = PUSH.get().try_send(number)) }
    }
}
