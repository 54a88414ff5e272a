//! Help with deadlocks. Here: that nothing of it is there without the feature. With the feature, `deadlock_help/on.rs` is
//! built and run in a package of its own: the other tests of the facade are about the locks that everybody has.

#[cfg(not(feature = "deadlock-help"))]
mod off {
    use std::mem::size_of;
    use std::sync::Arc;

    use gimmal::sync::{
        Lock, LockGuard, OwnedLockGuard, OwnedTaskGuard, ReentrantLock, ReentrantLockGuard,
    };
    use gimmal_core::sync as core;

    #[test]
    fn it_takes_no_memory() {
        assert_eq!(size_of::<Lock<()>>(), size_of::<core::Lock<()>>());
        assert_eq!(
            size_of::<Lock<[u64; 9]>>(),
            size_of::<core::Lock<[u64; 9]>>()
        );
        let guard = size_of::<core::LockGuard<'static, u8>>();
        assert_eq!(size_of::<LockGuard<'static, u8>>(), guard);
        assert_eq!(size_of::<OwnedLockGuard<u8>>(), size_of::<Arc<u8>>());
        assert_eq!(size_of::<OwnedTaskGuard<u8>>(), size_of::<Arc<u8>>());
        // The lock, an owner, a depth; the lock and the value.
        let reentrant = size_of::<core::Lock<()>>() + size_of::<u64>() + size_of::<usize>();
        assert!(size_of::<ReentrantLock<()>>() <= reentrant.next_multiple_of(8));
        let two = 2 * size_of::<usize>();
        assert_eq!(size_of::<ReentrantLockGuard<'static, u8>>(), two);
    }

    #[test]
    fn no_order_is_kept_and_no_holder_known() {
        let (one, other) = (Lock::new(1), Lock::new(2));
        {
            let _guards = (one.lock(), other.lock());
            assert_eq!(format!("{one:?}"), "Lock { value: <locked> }");
        }
        let _guards = (other.lock(), one.lock());
        assert!(one.try_lock().is_none());
    }
}

#[cfg(not(miri))] // It starts processes.
mod on {
    use std::path::Path;
    use std::process::Command;
    use std::{env, fs};

    /// Runs the tests of `on.rs` with the feature, in a build of the given name and setting of `debug_assertions`.
    fn run(name: &str, debug_assertions: bool) {
        let facade = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&root).expect("a directory for the package");
        let source = facade.join("tests/deadlock_help/on.rs");
        let manifest = format!(
            "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [profile.dev]\ndebug = 0\ndebug-assertions = {debug_assertions}\n\n\
             [dependencies]\ngimmal = {{ path = {facade:?}, features = [\"deadlock-help\"] }}\n\n\
             [target.'cfg(unix)'.dependencies]\n\
             nix = {{ version = \"0.31\", default-features = false, features = [\"signal\"] }}\n\n\
             [[test]]\nname = \"on\"\npath = {source:?}\n\n[lib]\npath = \"lib.rs\"\n"
        );
        fs::write(root.join("lib.rs"), "").expect("a library");
        fs::write(root.join("Cargo.toml"), manifest).expect("the manifest");
        // Outside of the repository, as a published package is, there is none: any version will do.
        let _ = fs::copy(facade.join("../Cargo.lock"), root.join("Cargo.lock"));
        let output = Command::new(env!("CARGO"))
            // From here, so that the settings of this repository hold.
            .current_dir(facade)
            .args(["test", "--offline", "--quiet", "--test", "on"])
            .arg("--manifest-path")
            .arg(root.join("Cargo.toml"))
            .env("CARGO_TARGET_DIR", root.join("target"))
            .env_remove("RUSTC_WRAPPER")
            .output()
            .expect("cargo runs");
        let said = String::from_utf8_lossy(&output.stdout);
        let also = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}\n{also}");
        assert!(said.contains("test result: ok."), "{said}\n{also}");
        assert!(!said.contains(" 0 passed"), "{said}");
    }

    #[test]
    fn it_says_who_holds_and_who_would_wait_for_ever() {
        run("deadlock-help-on", true);
    }

    #[test]
    fn it_only_says_who_holds_where_nothing_is_debugged() {
        run("deadlock-help-quiet", false);
    }
}
