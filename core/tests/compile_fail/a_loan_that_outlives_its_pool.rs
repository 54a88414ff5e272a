//! error: E0597
use gimmal_core::pool::Pool;

fn main() {
    #[cfg(feature = "right")]
    let pool = Pool::<u8, 4>::new();
    let loan;
    {
        #[cfg(not(feature = "right"))]
        let pool = Pool::<u8, 4>::new();
        loan = pool.try_take(1).unwrap();
    }
    assert_eq!(*loan, 1);
}
