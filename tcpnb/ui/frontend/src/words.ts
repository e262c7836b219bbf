/** What a view says of its kernel, before its app has come and after. */

export const RESTARTED = "The kernel restarted. Run the cell again to go on; the file is unchanged.";
export const UNANSWERED = "The kernel does not answer yet. It is busy, or it was restarted: then run the cell again.";
