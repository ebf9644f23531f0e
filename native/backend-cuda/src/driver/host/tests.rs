use std::time::Duration;

use super::*;
use crate::driver::{HostBuffer, MAP_GRANULARITY_BYTES};

const BYTES: usize = 64;

/// A device with a page of memory, and a stream and an event of it.
struct Fixture {
    stream: HostStream,
    event: HostEvent,
    buffer: HostMemory,
    address: u64,
    driver: HostDriver,
}

fn fixture(options: &HostOptions) -> Fixture {
    let driver = HostDriver::new(options);
    let address = driver.reserve(4 * MAP_GRANULARITY_BYTES).unwrap();
    driver.map(address, MAP_GRANULARITY_BYTES).unwrap();
    let buffer = driver.host_buffer(2 * BYTES).unwrap();
    Fixture { stream: driver.stream().unwrap(), event: driver.event().unwrap(), buffer, address, driver }
}

impl Fixture {
    #[expect(clippy::mut_from_ref, reason = "the memory is not part of the struct")]
    fn contents(&self) -> &mut [u8] {
        // SAFETY: each test reads and writes it where no copy is under way.
        unsafe { std::slice::from_raw_parts_mut(self.buffer.as_ptr(), 2 * BYTES) }
    }

    fn upload(&self, target: u64, range: Range<usize>) -> DriverResult<()> {
        // SAFETY: tests wait for the copy, or want it to be refused.
        unsafe { self.driver.upload(&self.stream, target, &self.buffer, range) }
    }

    fn download(&self, range: Range<usize>, source: u64) -> DriverResult<()> {
        // SAFETY: as above.
        unsafe { self.driver.download(&self.stream, &self.buffer, range, source) }
    }

    fn wait(&self) -> DriverResult<()> {
        self.driver.record(&self.event, &self.stream)?;
        self.driver.synchronize(&self.event)
    }
}

#[test]
fn copies_run_in_order_and_mapped_memory_is_poison() {
    let fixture = fixture(&HostOptions { copy_delay: Duration::from_millis(1), ..HostOptions::default() });
    fixture.contents().fill(7);
    fixture.download(0..BYTES, fixture.address).unwrap();
    fixture.upload(fixture.address + 8, BYTES..BYTES + 8).unwrap();
    fixture.download(BYTES..2 * BYTES, fixture.address).unwrap();
    fixture.wait().unwrap();
    assert_eq!(fixture.contents()[..BYTES], [0xFF; BYTES]);
    assert_eq!(fixture.contents()[BYTES..BYTES + 16], [[0xFF; 8], [7; 8]].concat());
}

#[test]
fn a_stream_waits_for_an_event_of_another() {
    let fixture = fixture(&HostOptions { copy_delay: Duration::from_millis(5), ..HostOptions::default() });
    let other = fixture.driver.stream().unwrap();
    fixture.contents().fill(3);
    fixture.upload(fixture.address, 0..BYTES).unwrap();
    fixture.driver.record(&fixture.event, &fixture.stream).unwrap();
    fixture.driver.wait(&other, &fixture.event).unwrap();
    let copied = fixture.driver.event().unwrap();
    // SAFETY: the test waits for the copy.
    unsafe {
        fixture.driver.download(&other, &fixture.buffer, BYTES..2 * BYTES, fixture.address).unwrap();
    }
    fixture.driver.record(&copied, &other).unwrap();
    fixture.driver.synchronize(&copied).unwrap();
    assert_eq!(fixture.contents()[BYTES..], [3; BYTES]);
}

#[test]
fn memory_is_counted_and_can_be_mapped_again() {
    let total_bytes = 3 * MAP_GRANULARITY_BYTES;
    let Fixture { driver, address, .. } = fixture(&HostOptions { total_bytes, ..HostOptions::default() });
    let next = address + MAP_GRANULARITY_BYTES;
    driver.map(next, 2 * MAP_GRANULARITY_BYTES).unwrap();
    assert_eq!(driver.memory_info().unwrap().free_bytes, 0);
    let error = driver.map(next + 2 * MAP_GRANULARITY_BYTES, MAP_GRANULARITY_BYTES).unwrap_err();
    assert!(matches!(error, DriverError::OutOfMemory { available_bytes: 0, .. }), "{error}");
    // SAFETY: nothing uses it.
    unsafe { driver.unmap(next, 2 * MAP_GRANULARITY_BYTES).unwrap() };
    driver.map(next, MAP_GRANULARITY_BYTES).unwrap();
    assert_eq!(driver.memory_info().unwrap().free_bytes, MAP_GRANULARITY_BYTES);
    // What is mapped, not reserved, or no multiple is refused.
    for (address, bytes) in [(next, MAP_GRANULARITY_BYTES), (0, MAP_GRANULARITY_BYTES), (next + 1, 5)] {
        assert!(driver.map(address, bytes).is_err());
    }
}

#[test]
fn copies_of_memory_that_is_not_mapped_fail_the_device() {
    let fixture = fixture(&HostOptions::default());
    fixture.upload(fixture.address + MAP_GRANULARITY_BYTES - 8, 0..BYTES).unwrap();
    let error = fixture.wait().unwrap_err();
    assert!(matches!(&error, DriverError::IllegalAddress(what) if what.contains("not mapped")), "{error}");
    assert_eq!(fixture.driver.host_buffer(1).err(), Some(error));
}

#[test]
fn page_locked_memory_is_not_freed_under_a_copy() {
    let Fixture { stream, event, buffer, address, driver } =
        fixture(&HostOptions { copy_delay: Duration::from_millis(50), ..HostOptions::default() });
    // SAFETY: what it is about: the buffer goes while the copy is enqueued.
    unsafe { driver.upload(&stream, address, &buffer, 0..BYTES).unwrap() };
    drop(buffer);
    let _ = driver.record(&event, &stream);
    let error = driver.synchronize(&event).unwrap_err();
    assert!(matches!(&error, DriverError::IllegalAddress(what) if what.contains("freed")), "{error}");
}

#[test]
fn faults_come_when_they_are_due() {
    let fixture = fixture(&HostOptions::default());
    fixture.driver.inject(Fault::HostBuffer, 1);
    assert!(fixture.driver.host_buffer(1).is_ok());
    assert!(matches!(fixture.driver.host_buffer(1), Err(DriverError::OutOfMemory { .. })));
    assert!(fixture.driver.host_buffer(1).is_ok());
}
