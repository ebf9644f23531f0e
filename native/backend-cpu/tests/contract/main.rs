//! What callers of the seam rely on: order, errors that change nothing, and rows that do not see their batch.

mod inputs;
mod recording;
mod steps;
mod toy;
