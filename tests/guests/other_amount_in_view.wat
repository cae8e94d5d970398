;; world: masker
;; Answers with a view of another amount than the transaction's.
(func $misbehave (param i32) (result i32)
  (i64.store offset=40 (global.get $view)
    (i64.add (i64.load offset=40 (global.get $view)) (i64.const 1)))
  (global.get $view))
