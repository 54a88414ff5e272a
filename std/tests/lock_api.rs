//! The lock under the traits of `lock_api`, in both versions: exclusion, waiting, time-outs, guards that are mapped, kept,
//! forgotten and dropped by a panic.

mod kit;

macro_rules! tests {
    ($version:ident, $api:ident) => {
        mod $version {
            use std::cell::Cell;
            use std::mem::forget;
            use std::panic::{catch_unwind, resume_unwind};
            use std::thread::{self, Builder};
            use std::time::{Duration, Instant};

            use $api::{MappedMutexGuard, MutexGuard};

            use crate::kit::{SHORT, bounded, until_it_sleeps};
            use gimmal::interop::lock_api::RawLock;

            type Mutex<T> = $api::Mutex<RawLock, T>;

            /// Whether another thread can have it.
            fn is_free<T: Send>(mutex: &Mutex<T>) -> bool {
                let tries = || mutex.try_lock().is_some();
                thread::scope(|scope| scope.spawn(tries).join().unwrap())
            }

            #[test]
            fn one_guard_at_a_time() {
                static MUTEX: Mutex<u32> = Mutex::new(1);
                let ways: [fn() -> MutexGuard<'static, RawLock, u32>; 4] = [
                    || MUTEX.lock(),
                    || MUTEX.try_lock().unwrap(),
                    || MUTEX.try_lock_for(Duration::ZERO).unwrap(),
                    || MUTEX.try_lock_until(Instant::now()).unwrap(),
                ];
                bounded(move || {
                    for way in ways {
                        let mut guard = way();
                        *guard += 1;
                        assert!(MUTEX.is_locked() && !is_free(&MUTEX));
                        drop(guard);
                        assert!(!MUTEX.is_locked() && is_free(&MUTEX));
                    }
                    assert_eq!(*MUTEX.lock(), 5);
                });
            }

            /// The payload is not `Sync`: two threads in it at once would lose steps.
            #[test]
            fn nothing_is_lost_between_threads() {
                const ROUNDS: u32 = if cfg!(miri) { 20 } else { 3_000 };
                bounded(|| {
                    let mutex = Mutex::new(Cell::new(0));
                    thread::scope(|scope| {
                        for timed in [false, true] {
                            let (mutex, timeout) = (&mutex, Duration::MAX);
                            let lock = move || match timed {
                                false => mutex.lock(),
                                true => mutex.try_lock_for(timeout).unwrap(),
                            };
                            let step = move |guard: MutexGuard<'_, RawLock, Cell<u32>>| {
                                guard.set(guard.get() + 1);
                            };
                            scope.spawn(move || (0..ROUNDS).for_each(|_| step(lock())));
                            scope.spawn(move || (0..ROUNDS).for_each(|_| step(lock())));
                        }
                    });
                    assert_eq!(mutex.into_inner().get(), 4 * ROUNDS);
                });
            }

            #[test]
            fn who_waits_gets_it_when_it_is_unlocked() {
                bounded(|| {
                    let mutex = Mutex::new(0);
                    let mut guard = mutex.lock();
                    let name = concat!("raw-", stringify!($version));
                    thread::scope(|scope| {
                        let waits = Builder::new().name(name.into());
                        let waits = waits.spawn_scoped(scope, || *mutex.lock()).unwrap();
                        until_it_sleeps(name);
                        *guard = 7;
                        drop(guard);
                        assert_eq!(waits.join().unwrap(), 7);
                    });
                });
            }

            #[test]
            fn time_outs_are_kept() {
                bounded(|| {
                    let mutex = Mutex::new(());
                    assert!(mutex.try_lock_for(Duration::ZERO).is_some());
                    assert!(mutex.try_lock_until(Instant::now()).is_some());
                    let _guard = mutex.lock();
                    let tries = || {
                        let start = Instant::now();
                        assert!(mutex.try_lock_for(Duration::ZERO).is_none());
                        assert!(mutex.try_lock_until(start).is_none());
                        assert!(mutex.try_lock_for(SHORT).is_none());
                        assert!(start.elapsed() >= SHORT);
                        let end = Instant::now() + SHORT;
                        assert!(mutex.try_lock_until(end).is_none() && Instant::now() >= end);
                    };
                    thread::scope(|scope| scope.spawn(tries).join().unwrap());
                });
            }

            #[test]
            fn guards_of_parts_unlock_too() {
                bounded(|| {
                    let mutex = Mutex::new((1, "one"));
                    let mut part: MappedMutexGuard<'_, RawLock, &str> =
                        MutexGuard::map(mutex.lock(), |pair| &mut pair.1);
                    *part = "two";
                    assert!(!is_free(&mutex));
                    drop(part);
                    let mut guard = mutex.lock();
                    let free = MutexGuard::unlocked(&mut guard, || is_free(&mutex));
                    assert!(free && !is_free(&mutex));
                    assert_eq!(*guard, (1, "two"));
                });
            }

            #[test]
            fn a_panic_unlocks_and_a_forgotten_guard_does_not() {
                bounded(|| {
                    let mutex = std::panic::AssertUnwindSafe(Mutex::new(1));
                    let died = catch_unwind(|| {
                        let mut guard = mutex.lock();
                        *guard = 2;
                        resume_unwind(Box::new("on purpose"));
                    });
                    assert!(died.is_err() && is_free(&mutex));
                    forget(mutex.lock());
                    assert!(!is_free(&mutex));
                    assert_eq!(mutex.0.into_inner(), 2);
                });
            }

            #[test]
            fn its_guards_stay_in_their_thread() {
                trait Crosses {
                    const SEND: bool = false;
                }
                struct Type<T>(std::marker::PhantomData<T>);
                impl<T> Crosses for Type<T> {}
                impl<T: Send> Type<T> {
                    const SEND: bool = true;
                }
                const { assert!(!Type::<MutexGuard<'static, RawLock, u8>>::SEND) };
                const { assert!(Type::<Mutex<u8>>::SEND) };
            }
        }
    };
}

tests!(v0_4, lock_api_0_4);
tests!(v0_5, lock_api_0_5);
