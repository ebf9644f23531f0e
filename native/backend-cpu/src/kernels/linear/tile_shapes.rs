use std::arch::asm;
use std::arch::x86_64::__cpuid_count;
use std::sync::OnceLock;

/// Whether this CPU has tiles for bf16 and int8, and the system lets this process use them, for which it has to be asked once.
pub fn permit_tiles() -> bool {
    static IS_PERMITTED: OnceLock<bool> = OnceLock::new();
    *IS_PERMITTED.get_or_init(|| {
        const AMX_BF16: u32 = 1 << 22;
        const AMX_TILE: u32 = 1 << 24;
        const AMX_INT8: u32 = 1 << 25;
        const ALL: u32 = AMX_BF16 | AMX_TILE | AMX_INT8;
        __cpuid_count(7, 0).edx & ALL == ALL && ask_for_tiles()
    })
}

#[cfg(target_os = "linux")]
fn ask_for_tiles() -> bool {
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const XFEATURE_XTILEDATA: libc::c_long = 18;
    // SAFETY: the call takes two numbers and touches no memory of ours.
    unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn ask_for_tiles() -> bool {
    false
}

/// Rows of a tile, and bytes of each.
pub type Shape = (u8, u16);

/// The shapes of the eight tile registers, as LDTILECFG reads them.
#[repr(C, align(64))]
pub struct Shapes {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

impl Shapes {
    /// Those of each register.
    pub fn of(registers: [Shape; 8]) -> Self {
        let mut shapes =
            Self { palette: 1, start_row: 0, reserved: [0; 14], row_bytes: [0; 16], rows: [0; 16] };
        for (register, (rows, row_bytes)) in registers.into_iter().enumerate() {
            shapes.rows[register] = rows;
            shapes.row_bytes[register] = row_bytes;
        }
        shapes
    }

    /// # Safety
    /// The CPU has AMX, and this process may use it.
    pub unsafe fn load(&self) {
        // SAFETY: the instruction reads 64 bytes; no tile holds anything that is still needed.
        unsafe { asm!("ldtilecfg [{0}]", in(reg) self, options(nostack, readonly)) }
    }
}

/// Gives the tiles back, so that the system need not keep them.
///
/// # Safety
/// As [`Shapes::load`].
pub unsafe fn release() {
    // SAFETY: as the caller's.
    unsafe { asm!("tilerelease", options(nostack, nomem)) }
}
