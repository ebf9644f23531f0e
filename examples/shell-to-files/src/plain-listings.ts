/**
 * Environment in which `ls` writes as it does by default: English dates, names as they are, sizes in bytes. What is undefined is taken out.
 */
export const PLAIN_LISTINGS = {
  LC_ALL: "C",
  LANGUAGE: undefined,
  TIME_STYLE: undefined,
  BLOCK_SIZE: undefined,
  BLOCKSIZE: undefined,
  LS_BLOCK_SIZE: undefined,
  QUOTING_STYLE: undefined,
};
