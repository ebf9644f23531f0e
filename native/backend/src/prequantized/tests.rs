use super::*;
use crate::DType;

const AWQ: NibbleLayout =
    NibbleLayout { word: Axis::Output, rows: Axis::Input, neighbours: [0, 2, 4, 6, 1, 3, 5, 7] };
const GPTQ: NibbleLayout =
    NibbleLayout { word: Axis::Input, rows: Axis::Input, neighbours: NibbleLayout::IN_ORDER };

fn nibbles(words: &[u32], layout: NibbleLayout) -> Nibbles {
    let data = words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>().into();
    Nibbles { data, layout }
}

fn scales(shape: &[usize], values: &[f32]) -> RawTensor {
    let data = values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>().into();
    RawTensor { name: "scales".into(), dtype: DType::F32, shape: shape.to_vec(), data }
}

/// Sixteen outputs of eight inputs, in groups of four.
fn int4() -> Prequantized {
    Prequantized {
        name: "w".into(),
        shape: [16, 8],
        numbers: Numbers::U4(nibbles(&[0; 16], GPTQ)),
        block: [1, 4],
        scales: scales(&[2, 16], &[1.0; 32]),
        scale_rows: Axis::Input,
        zero_points: ZeroPoints::Blocks(nibbles(
            &[0x7654_3210, 0xFEDC_BA98, 0, 0],
            NibbleLayout { word: Axis::Output, ..GPTQ },
        )),
        order: None,
    }
}

fn fp8(bytes: &'static [u8], shape: [usize; 2]) -> Prequantized {
    Prequantized {
        name: "w".into(),
        shape,
        numbers: Numbers::F8E4M3(Bytes::from_static(bytes)),
        block: [2, 2],
        scales: scales(&[1, 2], &[1.0; 2]),
        scale_rows: Axis::Output,
        zero_points: ZeroPoints::All(0),
        order: None,
    }
}

#[test]
fn gptq_puts_eight_inputs_of_an_output_into_a_word() {
    let matrix = nibbles(&[0x7654_3210, 0xFEDC_BA98, 1, 2], GPTQ);
    let at = |output, input| matrix.get([2, 16], [output, input]);
    assert_eq!([at(0, 0), at(0, 7), at(1, 0), at(1, 7)], [0, 7, 8, 15]);
    assert_eq!([at(0, 8), at(1, 8), at(1, 9)], [1, 2, 0]);
}

#[test]
fn awq_interleaves_the_outputs_of_a_word() {
    let matrix = nibbles(&[0x7654_3210, 0xFEDC_BA98], AWQ);
    let row = |input| [0, 1, 2, 3, 4, 5, 6, 7].map(|output| matrix.get([8, 2], [output, input]));
    assert_eq!(row(0), [0, 4, 1, 5, 2, 6, 3, 7]);
    assert_eq!(row(1), [8, 12, 9, 13, 10, 14, 11, 15]);
}

#[test]
fn neighbouring_outputs_are_read_as_one_by_one() {
    let words: Vec<u32> = (0..64).map(|word: u32| word.wrapping_mul(0x9E37_79B9)).collect();
    for layout in [AWQ, GPTQ] {
        for rows in [Axis::Input, Axis::Output] {
            let matrix = nibbles(&words, NibbleLayout { rows, ..layout });
            let mut numbers = [0; 11];
            matrix.read_outputs([16, 20], 19, 5, &mut numbers);
            assert_eq!(numbers, std::array::from_fn(|index| matrix.get([16, 20], [5 + index, 19])));
        }
    }
}

#[test]
fn words_that_are_not_full_end_each_line() {
    let layout = NibbleLayout { word: Axis::Input, rows: Axis::Output, ..GPTQ };
    let matrix = nibbles(&[0x7654_3210, 0x8, 0xA, 0xB], layout);
    assert_eq!([[0, 7], [0, 8], [1, 0], [1, 8]].map(|at| matrix.get([2, 9], at)), [7, 8, 10, 11]);
    assert!(matrix.check([2, 9]).is_ok() && matrix.check([2, 17]).is_err());
}

#[test]
fn a_zero_point_is_that_of_its_block() {
    let weight = int4();
    weight.check().unwrap();
    let zero_points = [0, 7, 14, 15].map(|output| weight.zero_point([output, 0]));
    assert_eq!(zero_points, [0, 7, 14, 15]);
    assert_eq!(weight.zero_point([15, 1]), 0);
}

#[test]
fn scales_are_found_in_rows_of_either_side() {
    let mut weight = int4();
    assert_eq!(weight.scale_index([3, 1]), 19);
    weight.scale_rows = Axis::Output;
    assert_eq!(weight.scale_index([3, 1]), 7);
}

#[test]
fn what_does_not_fit_together_names_its_tensor() {
    fp8(&[0x80, 0x7E, 0, 1, 2, 3, 4, 0xFE], [2, 4]).check().unwrap();
    let cases: [(&str, Prequantized); 11] = [
        ("7 bytes", fp8(&[0; 7], [2, 4])),
        ("holds NaN", fp8(&[0, 0, 0x7F, 0], [1, 4])),
        ("holds NaN", fp8(&[0, 0, 0xFF, 0], [1, 4])),
        ("[3, 2] blocks", fp8(&[0; 20], [5, 4])),
        ("matrix of [0, 4]", fp8(&[], [0, 4])),
        ("blocks of [0, 2]", Prequantized { block: [0, 2], ..fp8(&[0; 4], [1, 4]) }),
        ("not finite", Prequantized { scales: scales(&[2], &[1.0, f32::NAN]), ..fp8(&[0; 4], [1, 4]) }),
        ("leaves some out", Prequantized { order: Some([0, 1, 2, 3, 4, 5, 6, 6].into()), ..int4() }),
        ("leaves some out", Prequantized { order: Some([0, 1, 2, 3, 4, 5, 6, 8].into()), ..int4() }),
        ("numbers of four bits", Prequantized { shape: [16, 16], ..int4() }),
        ("groups of 3", Prequantized { block: [1, 3], ..int4() }),
    ];
    for (what, weight) in cases {
        let error = weight.check().expect_err(what);
        let message = error.to_string();
        assert!(error.code() == "invalid_input" && message.contains("tensor "), "{message}");
        assert!(message.contains(what), "{message}");
    }
    let layout = NibbleLayout { neighbours: [0; 8], ..GPTQ };
    assert!(nibbles(&[0], layout).check([1, 8]).is_err());
}
