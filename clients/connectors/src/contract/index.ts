export { describeChanges, describeConnector } from "./suite.js";
export {
  hardTexts,
  type ContractMisfit,
  type ContractOptions,
  type ContractSubject,
} from "./subject.js";
