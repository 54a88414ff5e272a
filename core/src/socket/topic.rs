//! L6: [`Topic`]: what subscribers choose messages by.

#![forbid(unsafe_code)]

/// A message that has a topic: what subscribers choose it by.
///
/// Everything that is seen as bytes (`AsRef<[u8]>`: strings, slices, arrays, vectors, the facade's
/// `Message`) is its own topic: the beginning of the message. For a type of your own say what its
/// topic is:
/// ```
/// # use gimmal_core::socket::Topic;
/// #[derive(Clone)]
/// struct Reading {
///     sensor: &'static str,
///     celsius: f32,
/// }
///
/// impl Topic for Reading {
///     fn topic(&self) -> &[u8] {
///         self.sensor.as_bytes()
///     }
/// }
/// assert_eq!(Reading { sensor: "boiler", celsius: 61.5 }.topic(), b"boiler");
/// ```
pub trait Topic {
    /// Returns the topic. Subscribers have said which prefixes of it they want.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::socket::Topic;
    /// assert_eq!("weather: rain".topic(), b"weather: rain");
    /// ```
    fn topic(&self) -> &[u8];
}

impl<B: AsRef<[u8]>> Topic for B {
    fn topic(&self) -> &[u8] {
        self.as_ref()
    }
}
