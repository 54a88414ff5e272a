//! What `Debug` writes: no secrets, and whatever holds or waits, it never waits itself.

mod kit;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use gimmal::poll::{PollSet, Poller, select};
use gimmal::pool::Pool;
use gimmal::queue::{PriorityQueue, Queue};
use gimmal::socket::{Broker, Proxy};
use gimmal::sync::{
    Barrier, BoundedSemaphore, Condition, Event, Lock, LockGuard, ReentrantLock, Semaphore,
};
use gimmal::timer::Timer;
use gimmal::wait::block_on;
use gimmal::{Frame, Runtime, ThreadPool, channel, thread};

use kit::{bounded, small};

/// Writes it in another thread, which would not end if it waited.
#[track_caller]
fn written<T: Debug + Sync + ?Sized>(object: &T) -> String {
    thread::scope(|scope| {
        let text = scope.spawn(|| format!("{object:?}"));
        text.join().expect("it does not panic")
    })
}

#[cfg(feature = "net")]
#[test]
fn no_secret_is_written() {
    use gimmal::net::{Security, WireOptions};

    let client = Security::plain_client("admin", "sesame");
    let options = WireOptions::new().security(client.clone());
    for text in [
        format!("{client:?}"),
        format!("{client:#?}"),
        format!("{options:?}"),
    ] {
        assert!(text.contains("admin") && !text.contains("sesame"), "{text}");
    }
    #[cfg(feature = "curve")]
    {
        use gimmal::net::CurveKeys;

        let (ours, theirs) = (CurveKeys::generate(), CurveKeys::generate());
        let secret = ours.secret_z85();
        for side in [
            Security::curve_client(ours.clone(), theirs.public()),
            Security::curve_server(ours.clone(), |_| true),
        ] {
            let text = format!("{side:?}");
            assert!(text.contains("keys") && !text.contains(&secret), "{text}");
        }
    }
}

#[cfg(feature = "net")]
#[test]
fn a_client_that_asks_to_be_let_in_is_written_without_its_password() {
    use gimmal::net::{Security, WireOptions};

    bounded(|| {
        let (sender, receiver) = channel::bounded(1);
        let server = Security::plain_server(move |client| {
            let _ = sender.try_send(format!("{client:?}"));
            client.password == "sesame"
        });
        let context = small().build();
        let mut pull = context.pull().unwrap();
        pull.set_wire(WireOptions::new().security(server));
        pull.bind("tcp://127.0.0.1:0").unwrap();
        let mut push = context.push().unwrap();
        push.set_wire(WireOptions::new().security(Security::plain_client("admin", "sesame")));
        push.connect(&pull.last_endpoint().unwrap()).unwrap();
        push.send("in").unwrap();
        assert_eq!(pull.recv().unwrap(), "in");
        let text = receiver.recv().unwrap();
        assert!(text.contains("admin") && !text.contains("sesame"), "{text}");
    });
}

#[test]
fn what_a_thread_holds_is_written_without_waiting() {
    bounded(|| {
        let lock = Lock::new(5);
        let guard = lock.lock();
        assert!(!written(&lock).contains('5'), "nobody may look");
        assert_eq!(format!("{guard:?}"), "5");
        drop(guard);
        assert!(written(&lock).contains('5'));
        let pair = Lock::new((6, 7));
        let part = LockGuard::map(pair.lock(), |(_, part)| part);
        assert_eq!((*part, format!("{part:?}")), (7, "7".to_string()));
        drop(part);
        let owned = Lock::lock_owned(&Arc::new(Lock::new(8)));
        assert_eq!(format!("{owned:?}"), "8");
        let task = block_on(Lock::lock_owned_async(&Arc::new(Lock::new(9))));
        assert_eq!(format!("{task:?}"), "9");

        let reentrant = ReentrantLock::new(9);
        let guard = reentrant.lock();
        assert!(!written(&reentrant).contains('9'), "nobody may look");
        assert!(format!("{guard:?}").contains('9'));

        let semaphore = Semaphore::new(3);
        let permit = semaphore.acquire().unwrap();
        assert!(written(&semaphore).contains('2') && !format!("{permit:?}").is_empty());
        let bounded = BoundedSemaphore::new(4);
        let permit = bounded.acquire().unwrap();
        assert!(written(&bounded).contains('3') && !format!("{permit:?}").is_empty());
    });
}

#[test]
fn what_threads_wait_for_is_written_beside_them() {
    bounded(|| {
        let (event, condition, barrier) = (Event::new(), Condition::new(), Barrier::new(2));
        let (lock, queue) = (Lock::new(()), Queue::<u32>::new(1));
        thread::scope(|scope| {
            scope.spawn(|| event.wait());
            scope.spawn(|| drop(condition.wait(lock.lock())));
            scope.spawn(|| _ = barrier.wait());
            scope.spawn(|| _ = queue.get());
            kit::until(|| barrier.waiting() == 1);
            for text in [
                written(&event),
                written(&condition),
                written(&barrier),
                written(&queue),
            ] {
                assert!(!text.is_empty());
            }
            assert!(written(&barrier).contains('1'), "{}", written(&barrier));
            event.set();
            condition.close();
            barrier.abort();
            queue.close();
        });
    });
}

#[test]
fn frames_are_written_as_the_text_of_their_bytes() {
    static BUFFERS: Pool<[u8; 5], 1> = Pool::new();
    let Frame::Inline(few) = Frame::copy_of(b"a\x00") else {
        panic!("they fit into the frame");
    };
    let loan = BUFFERS.try_take(*b"\"lent").expect("nobody has it");
    let Frame::Loan(lent) = Frame::from(loan) else {
        panic!("it is the buffer");
    };
    assert_eq!(format!("{few:?} {lent:?}"), r#"b"a\x00" b"\"lent""#);
}

#[test]
fn what_waits_for_several_says_for_how_many() {
    let (sender, receiver) = channel::bounded::<u32>(1);
    let event = Event::new();
    let waits = select((receiver.receiving(), event.waiting(), sender.sending(7)));
    assert_eq!(format!("{waits:?}"), "Select { branches: 3, .. }");
}

#[cfg(all(feature = "futures-core-0_3", feature = "futures-sink-0_3"))]
#[test]
fn sinks_and_streams_are_written_with_their_ends() {
    let (sender, receiver) = channel::bounded::<u32>(3);
    let ends = (format!("{sender:?}"), format!("{receiver:?}"));
    let sink = sender.into_sink();
    let sink = format!("{sink:?}");
    assert!(
        sink.contains(&ends.0) && sink.contains("is_closed: false"),
        "{sink}"
    );
    // The sender has gone, with its sink.
    let stream = format!("{:?}", receiver.into_stream());
    assert!(stream.starts_with("RecvStream"), "{stream}");
    assert!(stream.contains("capacity: 3"), "{stream}");
}

#[test]
fn what_was_not_taken_is_said_to_be_too_much() {
    let queue = Queue::<u32>::new(1);
    let refused = queue.task_done().unwrap_err();
    let says = "more items were said to be done than were taken";
    assert_eq!(refused.to_string(), says);
}

#[test]
fn ends_and_queues_say_how_much_is_in_them() {
    let (sender, receiver) = channel::bounded(4);
    sender.send("x").unwrap();
    let (mut one, other) = channel::spsc::bounded(4);
    one.send("x").unwrap();
    for text in [
        format!("{sender:?}"),
        format!("{receiver:?}"),
        format!("{one:?}"),
        format!("{other:?}"),
    ] {
        assert!(text.contains('1') && !text.contains('x'), "{text}");
    }
    let queue = PriorityQueue::new(4);
    queue.put(17).unwrap();
    assert!(format!("{queue:?}").contains('1'));
    let task = queue.get_task().unwrap();
    assert!(format!("{task:?}").contains("17"));
}

#[test]
fn what_runs_says_what_it_is() {
    bounded(|| {
        let pool = ThreadPool::builder()
            .threads(1)
            .queue(4)
            .name("named")
            .build();
        assert!(format!("{:?}", ThreadPool::builder().name("named")).contains("named"));
        let job = pool.submit(|| 1).unwrap();
        assert!(!format!("{pool:?} {job:?}").is_empty());
        pool.scope(|scope| {
            let job = scope.submit(|| 2).unwrap();
            assert!(format!("{scope:?}").contains("Scope"));
            assert!(format!("{job:?}").contains("is_running"));
            assert_eq!(job.result().unwrap(), 2);
        });
        assert!(format!("{:?}", gimmal::pool::as_completed([job])).contains("AsCompleted"));
        let mut squares = pool.map(1..=3, |n| n * n);
        assert_eq!(squares.next().unwrap().unwrap(), 1);
        let text = format!("{squares:?}");
        assert!(
            text.starts_with("Map { submitted: ") && text.contains("over: false"),
            "{text}"
        );
        drop(squares);
        let timer = Timer::after(Duration::from_secs(3600), || ());
        assert!(!format!("{timer:?}").is_empty());
        timer.cancel();

        let outcome = Runtime::run(|runtime| {
            let asked = |text: &str| text.contains("is_requested: true");
            assert!(!asked(&format!("{runtime:?}")));
            let stop = runtime.termination();
            let _subscription = stop.on(Arc::new(Event::new()));
            assert!(!format!("{_subscription:?}").is_empty());
            stop.request();
            assert!(asked(&format!("{stop:?}")) && asked(&format!("{runtime:?}")));
        });
        assert!(outcome.into_inner().is_ok());
    });
}

#[test]
fn sockets_and_what_moves_their_messages_say_their_kinds() {
    bounded(|| {
        let context = small().build();
        let (mut front, mut back) = (context.pull().unwrap(), context.push().unwrap());
        assert!(written(&context).contains("Context"));
        assert!(format!("{front:?} {back:?}").contains("Pull"));
        assert!(format!("{:?}", Proxy::one_way(&mut front, &mut back)).contains("Pull"));
        let broker = Broker::new(context.router().unwrap(), context.dealer().unwrap());
        assert!(format!("{broker:?}").contains("Router"));
        let event = Event::new();
        assert!(!format!("{:?}", Poller::new([event.readable()])).is_empty());
        let set: PollSet<u32, Arc<Event>> = PollSet::new();
        assert_eq!(format!("{set:?}"), "{}");
    });
}
