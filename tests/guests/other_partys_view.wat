;; world: masker
;; Answers with the other party's view.
(func $misbehave (param i32) (result i32)
  (i32.store8 offset=8 (global.get $view)
    (i32.eqz (i32.load8_u offset=8 (global.get $view))))
  (global.get $view))
