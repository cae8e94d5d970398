;; world: masker
;; Answers with a view in which the cardholder is somebody else.
(data (i32.const 4096) "Mallory Q")
(func $misbehave (param i32) (result i32)
  (i32.store8 offset=204 (global.get $view) (i32.const 1))
  (i32.store offset=208 (global.get $view) (i32.const 4096))
  (i32.store offset=212 (global.get $view) (i32.const 9))
  (global.get $view))
