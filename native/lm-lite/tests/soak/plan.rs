//! What becomes of each request, from nothing but a seed and its number.

use conduit_testkit::random::Random;

use crate::ask::Ask;
use crate::client::Outgoing;
use crate::refusal::{Refused, flood, malformed, over_limits};

/// Shares in percent; the rest is answered.
const CANCELLED: usize = 15;
const MALFORMED: usize = 5;
const OVER_LIMITS: usize = 5;

#[derive(Clone, Debug)]
pub enum Plan {
    Answer(Ask),
    Cancel(Ask, Moment),
    Malformed(Refused),
    OverLimits(Refused),
    /// Two of them, so that the queue is full for the second.
    Flood(Outgoing),
}

/// When a connection is dropped.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// With so many percent of the body sent.
    Sending { percent: usize },
    /// So long after the request, with nothing of its answer read.
    Waiting { millis: u64 },
    /// Behind so many events of its stream.
    Streaming { events: usize },
}

impl Plan {
    pub fn new(seed: u64, index: usize) -> Self {
        let mut random = Random(seed ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.next();
        let (malformed_end, limits_end) = (CANCELLED + MALFORMED, CANCELLED + MALFORMED + OVER_LIMITS);
        match random.below(100) {
            share if share < CANCELLED => cancelled(&mut random),
            share if share < malformed_end => Self::Malformed(malformed(&mut random)),
            share if share < limits_end && random.chance(15) => Self::Flood(flood(&mut random)),
            share if share < limits_end => Self::OverLimits(over_limits(&mut random)),
            _ => Self::Answer(Ask::random(&mut random)),
        }
    }

    /// The request whose answer a quiet server is asked for.
    pub const fn ask(&self) -> Option<&Ask> {
        match self {
            Self::Answer(ask) | Self::Cancel(ask, _) => Some(ask),
            _ => None,
        }
    }
}

fn cancelled(random: &mut Random) -> Plan {
    let mut ask = Ask::random(random);
    let moment = match random.below(10) {
        0..2 => Moment::Sending { percent: random.below(100) },
        2..5 => Moment::Waiting { millis: random.below(200) as u64 },
        _ if ask.path == "/tokenize" => Moment::Waiting { millis: 0 },
        _ => Moment::Streaming { events: 1 + random.below(30) },
    };
    ask.streams = matches!(moment, Moment::Streaming { .. });
    Plan::Cancel(ask, moment)
}
