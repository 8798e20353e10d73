//! The optional groups, a file for each one that the protocol has. The driver names them; `None` there is an answer.
