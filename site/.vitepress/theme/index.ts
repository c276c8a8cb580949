import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import Lesson from "./lesson/Lesson.vue";
import LessonList from "./lesson/LessonList.vue";
import "./style.css";

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component("Lesson", Lesson);
    app.component("LessonList", LessonList);
  },
} satisfies Theme;
